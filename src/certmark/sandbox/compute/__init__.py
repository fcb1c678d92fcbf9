"""The profile `compute`: OpenStack's APIs with stand-ins for hypervisor, network and disks."""
