"""Use cases of those who govern: the root authority of ministries, and each agency's administrator."""
