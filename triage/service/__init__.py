"""The service: pages and interfaces on one address, guarded, storing nothing about a person."""
