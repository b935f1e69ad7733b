"""The manager: what is not a nanoservice. It imports no service and meets them on the network, like everybody else."""
