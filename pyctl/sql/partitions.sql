select * from ops.partitions() order by parent desc, month nulls last
