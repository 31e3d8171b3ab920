"""One file a labelling format."""
