select * from ops.default_months()
