"""How the networks that come with partonomy were trained."""
