"""The library: types, text, index, retrieval, answering and verification."""
