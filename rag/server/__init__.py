"""What serves other programs: over HTTP, and an MCP server over standard input and output.

Owns what they may ask and how it is told them. Knows nothing of the page and of the terminal.
"""
