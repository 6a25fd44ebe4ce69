# Sourced: the version of Helm that tests use.
helm_version=v4.3.1
