"""Every attack we can think of, class by class; docs/explanation/tenancy.md lists them."""
