"""Retrievers for other frameworks over an open `Assistant`; each needs that framework's package.

    from rag.integrations.langchain import QuothRetriever      # pip install langchain-core
    from rag.integrations.llama_index import QuothRetriever    # pip install llama-index-core

What they find are passages with the place they stand in; answers with their proof are
`Assistant.ask`'s.
"""
