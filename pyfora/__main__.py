"""`python -m pyfora doctor URL`: can this machine compute on that cluster?"""

import sys

from pyfora.client.doctor import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
