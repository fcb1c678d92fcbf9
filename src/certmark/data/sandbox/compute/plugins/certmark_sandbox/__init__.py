"""Three stand-ins for hardware that the compute profile of Certmark's sandbox has none of.

`networks` binds every port, `volumes` keeps a volume in a file, `servers` mends Nova's own fake hypervisor.
They are imported by the services of the sandbox, in their environment, never by Certmark itself.
"""
