"""The reading room: visitors without an account, what they used, certified copies (档案证明)."""
