"""Views of moderation, by subject."""
