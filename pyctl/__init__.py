"""OpsMantik toolkit: everything an operator does, as `pyctl` commands."""
