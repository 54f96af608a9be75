"""Pieces of the chat page. The only room that knows Streamlit; holds no logic of answering."""
