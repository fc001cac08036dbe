"""Messages and stubs of the contract, generated when the package is built."""
