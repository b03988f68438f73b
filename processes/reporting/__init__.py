"""The archive as a whole: figures that charts are drawn from, and the lists that archives print."""
