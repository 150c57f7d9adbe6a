"""Parts of scripts/prove and scripts/mutate: the model of the router with its properties, its solver, and planted bugs."""
