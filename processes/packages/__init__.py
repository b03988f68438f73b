"""What leaves the archive: packages, carriers, disc images."""
