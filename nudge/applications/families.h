// The families that applications() lists, each with its members.
#pragma once

#include <vector>

#include "nudge/applications/applications.h"

namespace nudge::applications {

std::vector<Application> convnext();             // Liu et al. 2022, arXiv:2201.03545
std::vector<Application> densenet();             // Huang et al. 2017, arXiv:1608.06993
std::vector<Application> efficientnet();         // Tan and Le 2019, arXiv:1905.11946
std::vector<Application> efficientnet_lite();    // the same for integer hardware
std::vector<Application> efficientnet_v2();      // Tan and Le 2021, arXiv:2104.00298
std::vector<Application> inception_resnet_v2();  // Szegedy et al. 2017, arXiv:1602.07261
std::vector<Application> inception_v3();         // Szegedy et al. 2016, arXiv:1512.00567
std::vector<Application> mlperf_tiny();          // Banbury et al. 2021, arXiv:2106.07597
std::vector<Application> mobilenet();            // Howard et al. 2017, arXiv:1704.04861
std::vector<Application> mobilenet_v2();         // Sandler et al. 2018, arXiv:1801.04381
std::vector<Application> mobilenet_v3();         // Howard et al. 2019, arXiv:1905.02244
std::vector<Application> nasnet();               // Zoph et al. 2018, arXiv:1707.07012
std::vector<Application> regnet();               // Radosavovic et al. 2020, arXiv:2003.13678
std::vector<Application> resnet();               // He et al. 2016, arXiv:1512.03385
std::vector<Application> resnet_rs();            // Bello et al. 2021, arXiv:2103.07579
std::vector<Application> resnet_v2();            // He et al. 2016, arXiv:1603.05027
std::vector<Application> small_cnn();            // that of the guides: two convolutions, two dense layers
std::vector<Application> vgg();                  // Simonyan and Zisserman 2015, arXiv:1409.1556
std::vector<Application> xception();             // Chollet 2017, arXiv:1610.02357

}  // namespace nudge::applications
