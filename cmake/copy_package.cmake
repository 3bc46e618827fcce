# cmake -D from=<package> -D to=<folder> -P copy_package.cmake: the Python files only, never another build's module.
file(COPY "${from}/" DESTINATION "${to}" PATTERN "*.so" EXCLUDE PATTERN "__pycache__" EXCLUDE)
