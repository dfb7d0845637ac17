"""`make deploy-check`: run what docs/deployment.md tells operators to run."""
