"""What every test may use: see tests/harness."""

pytest_plugins = ["pyctl.collector", "tests.harness.plugin", "pytester"]
