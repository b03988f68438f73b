"""Use copies (利用副本): what is looked at in place of an original, and made again when missing."""
