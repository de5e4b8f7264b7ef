"""A throw-away cluster, databases from a template, PostgREST, a browser, and people with names."""
