"""A small self-contained world to try partonomy on: drawn objects and a network that knows them."""
