"""The finding aid: query language, index, snippets. It answers from a view and from nothing else."""
