"""Other ways to find parts, each written anew from its published description."""
