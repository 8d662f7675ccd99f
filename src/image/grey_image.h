#pragma once

#include "scrawl/grey_image.h"
