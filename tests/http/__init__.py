"""Through the real PostgREST: every answer, and every door that must stay closed."""
