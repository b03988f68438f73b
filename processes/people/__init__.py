"""People: who works here, how they prove it is them, and how they come in."""
