"""`python -m gradclinic`."""

import sys

from gradclinic.cli import main

sys.exit(main())
