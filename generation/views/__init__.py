"""Views, by subject. They read through queries and contexts, fetch through access, write through the ledger."""
