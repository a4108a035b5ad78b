# syntax=docker/dockerfile:1
# One image for every role: `docker run -p 127.0.0.1:8080:8080 -v bigrain:/data IMAGE serve --listen 0.0.0.0 --no-auth`
# puts the API on the host's loopback only; anything wider needs a network that keeps strangers out.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Restore alone first: it changes only with the project files.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt ./
COPY grains/Bigrain.Kernels/*.csproj grains/Bigrain.Kernels/
COPY grains/Bigrain.Index/*.csproj grains/Bigrain.Index/
COPY grains/Bigrain.Contracts/*.csproj grains/Bigrain.Contracts/
COPY grains/Bigrain.Grains/*.csproj grains/Bigrain.Grains/
COPY grains/Bigrain.Training/*.csproj grains/Bigrain.Training/
COPY infra/Bigrain.Storage/*.csproj infra/Bigrain.Storage/
COPY silos/Bigrain.Silo/*.csproj silos/Bigrain.Silo/
COPY client/Bigrain.Api/*.csproj client/Bigrain.Api/
COPY client/Bigrain.Client/*.csproj client/Bigrain.Client/
COPY client/Bigrain.Cli/*.csproj client/Bigrain.Cli/
RUN dotnet restore client/Bigrain.Cli/Bigrain.Cli.csproj

COPY grains/ grains/
COPY infra/ infra/
COPY silos/ silos/
COPY client/ client/
RUN dotnet publish client/Bigrain.Cli/Bigrain.Cli.csproj -c Release --no-restore -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS run
# The image's own user: not root, uid 1654.
RUN mkdir /data && chown $APP_UID:$APP_UID /data
WORKDIR /app
COPY --from=build /app ./
USER $APP_UID
ENV BIGRAIN_DATA=/data
VOLUME /data
EXPOSE 8080 11111 30000
# SIGTERM ends it gracefully; it hands its partitions over and needs up to 120 seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "/app/bigrain.dll"]
CMD ["serve"]
