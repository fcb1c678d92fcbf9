"""A small real OpenStack cloud on loopback, to try things on: plain processes in a folder of their own."""
