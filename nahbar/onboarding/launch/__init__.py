"""Starting the servers Nahbar consists of, on one machine: for the demo and for tests."""
