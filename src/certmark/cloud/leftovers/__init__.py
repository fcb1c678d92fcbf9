"""What a cloud's projects hold, service by service, and the removal of what a run left there."""
