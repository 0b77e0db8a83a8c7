"""One address that moves between two VMs on one network segment; runs in a container of its own."""
