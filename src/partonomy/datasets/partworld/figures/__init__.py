"""The classes of PartWorld, one file each."""
