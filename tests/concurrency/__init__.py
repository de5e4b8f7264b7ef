"""Many at once: counters exact, nobody deadlocks, one of two wins. And the clock."""
