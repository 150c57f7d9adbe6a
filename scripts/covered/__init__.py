"""What tests have executed of RTL and C++; used by scripts/coverage."""
