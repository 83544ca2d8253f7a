"""The only Streamlit code that the pages share."""
