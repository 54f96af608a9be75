"""What the ways to ask share: the one assistant, its queue of questions, its work meanwhile."""
