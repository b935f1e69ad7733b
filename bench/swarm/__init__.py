"""What a room costs on a Swarm: to deploy, to start, to stop, and a visit across its nodes; each beside the engine's floor."""
