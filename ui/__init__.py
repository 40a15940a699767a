"""Every face of the system: the `tenkyo` command and the Streamlit app."""
