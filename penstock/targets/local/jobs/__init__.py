"""Jobs: isolated processes under the container contract, one file a kind."""
