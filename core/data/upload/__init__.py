"""The user's own tables: limits first, parsed in a child process, types inferred, stored, turned into a data set."""
