"""The commands of `python -m rag`, one module each.

Owns what is typed and printed. Knows the assistant, and nothing of how it answers.
"""
