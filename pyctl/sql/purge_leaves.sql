select purge_leaves.leaf::text as leaf from ops.purge_leaves()
