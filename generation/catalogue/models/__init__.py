"""One file for each model. A new file here is a new model everywhere."""
