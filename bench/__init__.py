"""The measured claims: ``python -m bench`` (``make bench``)."""
