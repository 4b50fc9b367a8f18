#!/bin/sed -Ef
# Plain comments as Doxygen takes them: before a declaration, and behind one.
s@^( *)// @\1/// @
s@^(.*[;,{] +)// @\1///< @
