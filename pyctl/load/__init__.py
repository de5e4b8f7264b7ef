"""``pyctl seed load``: many realistic visits, written by COPY."""
